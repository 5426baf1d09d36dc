"""FIAS over IFC8 (Oracle's FIAS 2.20): who is in house, told within seconds of the desk's key press."""
