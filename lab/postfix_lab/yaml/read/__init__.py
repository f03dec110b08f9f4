"""Read files as tests with the position of each text, by the keys of a `Language` that is passed in; no Postfix."""
