"""How data work is done: in process for what fits in memory, on Apache Beam for the rest."""
