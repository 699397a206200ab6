from dataclasses import dataclass
@dataclass
class C:
    value: int|None
    reason: str|None
def read_count(t):
    return C(int(t),None) if t.isdigit() and len(t)<10 else C(None,"is not a whole number.")
