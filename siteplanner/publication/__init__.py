"""What a committee saw, kept as it was: frozen folders, their list, and the proof a year later."""

from siteplanner.publication.gathering import Wanted, published_folder
from siteplanner.publication.manifest import Manifest, read_manifest
from siteplanner.publication.publishing import Published, publish
from siteplanner.publication.verifying import Verified, verify

__all__ = [
    "Manifest",
    "Published",
    "Verified",
    "Wanted",
    "publish",
    "published_folder",
    "read_manifest",
    "verify",
]
