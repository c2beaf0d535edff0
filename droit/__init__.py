"""The law as dated, sourced data, and the pure types that carry it. Reads no clock and no store."""
