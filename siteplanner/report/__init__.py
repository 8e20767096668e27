"""A report of an answer in plain words: one page for a browser, a few pages of paper.

What it says is made once, as blocks (`telling`, `answering`, `standing`, `gaining`,
`explaining`), and drawn twice (`as_html`, `as_pdf`).  The module `writing` is imported when a
report is asked for: matplotlib takes long to load.
"""
