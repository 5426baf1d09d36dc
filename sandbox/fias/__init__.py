"""A stand-in IFC8: the hotel's desk told over FIAS, frame by frame, to the one vendor that is connected."""
