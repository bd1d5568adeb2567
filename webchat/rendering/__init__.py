"""A shared conversation as an HTML page, as Markdown and as a picture: values in, text or bytes out.

No database, network or environment. The libraries are imported where they are used, so that a server nobody
shares from does not hold them in memory.
"""
