def decided(warehouse, subject): return {}
