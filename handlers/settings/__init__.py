"""What the pages inside the portal do: read and change settings, look into journals, set things right."""
