"""What other programs may ask and do: the use cases of people, in JSON's shapes, for a token instead of a person."""
