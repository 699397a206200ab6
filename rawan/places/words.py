"""The words around a place name that tell what it is: desa, Kec., Polsek, Jalan, warga, dan.

Owns the vocabulary of `mentions.py`, in small letters; no names of places of one region.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VILLAGE = _words("desa ds dsa kelurahan kel kades lurah")
# A village in other regencies, a part of one here: of little weight without its kecamatan.
WEAK_VILLAGE = _words("kampung kp kampong tiyuh pekon")
DISTRICT = _words("kecamatan kec")
REGENCY = _words("kabupaten kab kotamadya")
CITY = _words("kota")
PROVINCE = _words("provinsi propinsi prov")
HAMLET = _words(
    "dusun dsn dukuh pedukuhan lingkungan lk rt rw umbul umbulan blok talang register perumahan"
    " perum"
)

# A body of a kecamatan: its office stands there, which says the kecamatan and no village.
OFFICE = _words(
    "polsek mapolsek polsekta ppk panwascam panwaslucam panwaslu koramil makoramil kua puskesmas"
    " pengadilan negeri pn kejaksaan kejari lapas rutan kantor"
)
# The holder of an office, or people of it, may be anywhere: it only hints at the kecamatan.
HOLDER = _words(
    "kapolsek wakapolsek camat sekcam danramil kapolres wakapolres kanit kasat bhabinkamtibmas"
    " babinsa ketua anggota personel petugas jajaran kasi bupati wakil pj plt aipda bripka iptu"
    " ipda akp kompol"
)
# What stands behind is the name of a firm, a school or a party branch, not a place.
BODY = _words(
    "pt cv ptpn unit afdeling perkebunan sd sdn smp smpn sma sman smk smkn mi mts man tk paud"
    " masjid musala mushola gereja pura ponpes pesantren rs rsud rsu klinik hotel toko bank bri"
    " bumdes koperasi dpc dpd pac dprd lbh lsm radar polda polres kodim kpu bawaslu universitas"
    " yayasan rumah klub"
)
PERSON = _words(
    "bapak pak ibu bu sdr sdri saudara saudari bernama nama almarhum alm haji hj tuan nyonya ny tn"
    " inisial"
)
# Behind a name they tell that it is no place.
SUFFIX = _words("fc fm united residence cluster city mart")
ROAD = _words(
    "jalan jl jln jalinsum jalintim jalinpantim jalinbar jalur ruas lintas tol jtts gerbang raya"
    " gang gg poros"
)
# A place within a village or kecamatan of that name; not proof of the village itself.
LANDMARK = _words(
    "dermaga pelabuhan pantai pasar lapangan stasiun terminal simpang balai gudang lokasi pulau"
    " gunung posko pos tps jembatan perempatan pertigaan tugu gor gedung"
)
# What stands behind is somewhere, or where someone is from.
WHERE = _words(
    "di ke dari asal warga pemuda massa masyarakat penduduk wilayah daerah kawasan sekitar antara"
    " kubu kelompok tokoh menuju arah sampai hingga tiba remaja petani pelajar petugas dengan"
    " seputaran sekitaran perbatasan"
)
# Between two names of one list.
LISTING = _words(
    "dan dengan serta maupun atau vs lawan versus hingga sampai juga warga pemuda massa"
    " masyarakat kelompok dari di ke menuju kubu pihak"
)
# Between a name and what it lies in.
WITHIN = _words("di wilayah wil pada yang berada masuk termasuk hukum tepatnya")

# No name is read across these; a capital at the start of a sentence makes no name of them.
STOP = _words(
    "yang dan di ke dari pada dengan untuk oleh karena akibat setelah sebelum saat ketika sejak"
    " hingga sampai serta atau tetapi namun sehingga agar bahwa adalah ialah ini itu tersebut"
    " sebagai dalam para akan telah sudah sedang masih belum tidak bukan juga lagi hanya bisa"
    " dapat harus ada terjadi sempat menjadi antara terhadap tentang atas bagi secara menurut"
    " sekitar pukul jam tanggal pagi siang sore malam dini hari minggu senin selasa rabu kamis"
    " jumat jumaat sabtu ahad januari februari maret april mei juni juli agustus september oktober"
    " november nopember desember wib warga massa masyarakat penduduk pemuda petugas polisi aparat"
    " anggota ketua calon pasangan paslon logistik pemilu pilkada pilkades pileg pilpres tps kpps"
    " dusun desa kecamatan kabupaten kota provinsi kelurahan kampung rt rw melakukan mengadakan"
    " menggelar mendatangi menolak menuntut melaporkan berlangsung digelar dilaksanakan aman"
    " kondusif lancar berjalan rusak dibakar diserang bentrok ribut rusuh demo aksi rapat lokasi"
    " tkp kami kita mereka dia saya ia pak bu bapak ibu sdr saudara mohon lapor ijin izin komandan"
    " selamat info sekira sebanyak sejumlah ratusan puluhan ribuan orang satu dua tiga empat lima"
    " nomor no urut pun lalu kemudian kini besok kemarin tadi nanti setempat sekarang arah seberang"
    " dekat belakang depan samping via lewat semua seluruh beberapa setiap bersama usai"
    " menjelang selama guna demi yg dgn utk dr dlm sdh blm tdk krn pd tsb bpk dll dst"
    " lampung"
)

NUMBER = _words("satu dua tiga empat lima")

# Common words, and names of people or of better known places elsewhere: alone, without a word
# such as desa before it, such a name is no evidence of a village that happens to be called so.
ORDINARY = _words(
    "merdeka karang pisang sumur banding maja bangunan wawasan budidaya budi daya kecapi gayam"
    " betung suak padan pematang pancasila hatta serdang klaten pasuruan banyumas banjarmasin"
    " penengahan kuripan canggu kedaton krawang ketapang kedaung pemulihan pamulihan lematang"
    " mandah legundi kemukus bulok banjar talang kampung baru pulau tengah jaya taman sari agung"
    " asri"
    " dalam ruang fajar gedung harapan sumber mekar sinar karya tunggal panca puji rahayu cinta"
    " mulya bumi bali negara ratu negeri tanjung batu bandar lestari indah raya suka damai mulyo"
    " marga candi mas muara putih gunung terang wai way lubuk simpang jati kali kota bangun maju"
    " sejahtera makmur sentosa abadi utama purwodadi sukaraja sukamaju sukajaya rejosari gandri"
    " rawi suban hara manis babatan natar mandala karya trans rantau minyak beringin kencana"
    " timur barat selatan utara hata rejo tani pandan harta heran pucung wangi sampurna"
    " sempurna iman kelau pura asih nadi yoga tri dharma"
)
