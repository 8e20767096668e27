"""The rules of a choice: checked at the door, as rows over sites, as moves of a search."""
