from dataclasses import dataclass
@dataclass
class Read:
    type: str|None
    is_automatic: bool
class TypeReader:
    @classmethod
    def of(cls, folder): return cls()
    def classify(self, texts, least): return [Read(None, False) for t in texts]
