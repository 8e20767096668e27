"""The council's map inside a notebook."""

from __future__ import annotations

import html


class Panel:
    """The whole page, live weights and all, in a frame of its own.

    The frame is sandboxed: the page runs its own scripts and may save downloads, but sees
    nothing of the notebook around it.

    Parameters
    ----------
    page
        A page as `siteplanner.maps.render` writes it.
    height_px
        Height of the frame.

    Examples
    --------
    >>> Panel("<p>A & B</p>", height_px=300)._repr_html_()[:49]
    '<iframe srcdoc="&lt;p&gt;A &amp; B&lt;/p&gt;" san'
    """

    def __init__(self, page: str, *, height_px: int = 720) -> None:
        self.page = page
        self.height_px = height_px

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.page, quote=True)}" '
            'sandbox="allow-scripts allow-downloads" title="Map of the plan" '
            f'width="100%" height="{int(self.height_px)}" '
            'style="border:1px solid #ccc"></iframe>'
        )
