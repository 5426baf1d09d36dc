"""The only room that speaks SQL, and the only place that commits."""
