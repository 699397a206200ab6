import polars as pl, csv, json
from rawan.sources.sheet import Sheet, Damaged
from rawan.errors import RawanError
READABLE=(".csv",".parquet",".jsonl",".xlsx")
def read_sheets(path, limits):
    if path.suffix==".parquet":
        import pyarrow.parquet as pq
        f=pq.ParquetFile(path); cols=tuple(f.schema_arrow.names)
        def b():
            n=2
            for batch in f.iter_batches(100_000):
                d=pl.from_arrow(batch).select(pl.all().cast(pl.String))
                yield d.select(pl.int_range(n,n+d.height,dtype=pl.Int64).alias("row"),pl.all()); n+=d.height
        yield Sheet(None,cols,b(),[])
    elif path.suffix==".csv":
        d=pl.read_csv(path,infer_schema=False)
        yield Sheet(None,tuple(d.columns),iter([d.select(pl.int_range(2,2+d.height,dtype=pl.Int64).alias("row"),pl.all())] if d.height else []),[])
    elif path.suffix==".jsonl":
        rows=[json.loads(l) for l in path.read_text().splitlines() if l.strip()]
        keys=list(dict.fromkeys(k for r in rows for k in r))
        def t(v): return None if v in (None,"",[]) else ";".join(v) if isinstance(v,list) else str(v)
        d=pl.DataFrame({"row":list(range(1,len(rows)+1)),**{k:[t(r.get(k)) for r in rows] for k in keys}},schema={"row":pl.Int64,**{k:pl.String for k in keys}})
        yield Sheet(None,tuple(keys),iter([d]),[])
    else:
        raise RawanError("xlsx later")
