from dataclasses import dataclass
from rawan.places.gazetteer import Gazetteer
@dataclass(frozen=True)
class PlaceCells:
    regency:str=""; districts:str=""; villages:str=""; village_codes:str=""; district_codes:str=""; outside:str=""; place_text:str=""; lat:str=""; lon:str=""
@dataclass(frozen=True)
class Place:
    level:str; village_code:str|None; district_code:str; method:str; weight:float=1.0
@dataclass(frozen=True)
class Resolution:
    places:tuple; fate:str; column:str=""; reason:str=""; candidates:tuple=()
class Resolver:
    def __init__(self,g): self.g=g
    @classmethod
    def of(cls,w,s): return cls(Gazetteer.of(w))
    def resolve_many(self,cells,texts): return [self.one(c) for c in cells]
    def one(self,c):
        if c.village_codes:
            out=[]
            for k in c.village_codes.split(";"):
                v=self.g.villages.get(k.strip())
                if v: out.append(Place("village",k.strip(),v.district_code,"code"))
            return Resolution(tuple(out),"placed") if out else Resolution((),"excluded","village_codes","outside")
        ds=[d for n in c.districts.split(";") if n.strip() and (d:=self.g.find_district(n))]
        if c.district_codes: 
            class X: pass
            ds=[]
            for k in c.district_codes.split(";"):
                x=X(); x.code=k.strip(); ds.append(x)
        out={}
        for n in c.villages.split(";"):
            if not n.strip(): continue
            for d in ds or [None]:
                h=self.g.find_village(n,d.code if d else None)
                if h: v=self.g.villages[h.code]; out[h.code]=Place("village",h.code,v.district_code,h.method)
        if out: return Resolution(tuple(out.values()),"placed")
        if ds: return Resolution(tuple(Place("district",None,d.code,"kecamatan only") for d in ds),"placed")
        return Resolution((),"quarantined","villages","no place")
