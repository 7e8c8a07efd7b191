"""The models that read: the trained adapter, its network and calibrations, and a hub model in its place."""
