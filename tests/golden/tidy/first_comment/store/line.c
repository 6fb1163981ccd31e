// Not of this style.
