"""What MI5's address has answered: two captures of its feed, three bodies that are none, and feeds made after them."""

FEED_2024 = """\
<rss xmlns:atom="http://www.w3.org/2005/Atom" version="2.0" xml:base="https://www.mi5.gov.uk/">
<channel>
<title>Threat Level</title>
<link>https://www.mi5.gov.uk/</link>
<description>The Current UK Threat Level</description>
<language>en-gb</language>
<copyright>© Crown Copyright</copyright>
<generator>MI5</generator>
<webMaster>/</webMaster>
<lastBuildDate>Tue, 05 Mar 2024 02:52:25 +0000</lastBuildDate>
<ttl>20</ttl>
<item>
<title>Current threat level: SUBSTANTIAL</title>
<link>https://www.mi5.gov.uk/threats-and-advice/threat-levels</link>
<description>The current national threat level is SUBSTANTIAL. \
The threat to Northern Ireland from Northern Ireland-related terrorism is SUBSTANTIAL.</description>
<pubDate>Tuesday, March 05, 2024 -  02:52</pubDate>
<subject>ThreatLevel</subject>
</item>
</channel>
</rss>
""".encode()

FEED_2026 = """\
<rss xmlns:atom="http://www.w3.org/2005/Atom" version="2.0" xml:base="https://www.mi5.gov.uk/">
<channel>
<title>Threat Level</title>
<link>https://www.mi5.gov.uk/</link>
<description>The Current UK Threat Level</description>
<language>en-gb</language>
<copyright>© Crown Copyright</copyright>
<generator>MI5</generator>
<webMaster>/</webMaster>
<lastBuildDate>Thu, 30 Apr 2026 06:09:17 +0100</lastBuildDate>
<ttl>20</ttl>
<item>
<title>Current Threat Level: SEVERE</title>
<link>https://www.mi5.gov.uk/threats-and-advice/threat-levels</link>
<description>&lt;p&gt;The current national threat level is SEVERE. &amp;nbsp;\
The threat to Northern Ireland from Northern Ireland-related terrorism is SUBSTANTIAL.&lt;/p&gt;</description>
<pubDate>Thursday, April 30, 2026 -  06:09</pubDate>
<subject></subject>
</item>
</channel>
</rss>
""".encode()

CHALLENGE = (
    b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title><meta http-equiv="refresh" content="360">'
    b'</head><body><div class="main-wrapper"><noscript><span id="challenge-error-text">Enable JavaScript and cookies '
    b"to continue</span></noscript></div></body></html>"
)
MAINTENANCE = (
    b"\n  <!DOCTYPE html>\n  <html><head><meta charset='utf-8'><title>Website under maintenance </title></head>"
    b"<body><main><h1>Website Under Maintenance</h1><p>We will be back shortly.</p></main></body></html>\n"
)
ERROR_520 = b"error code: 520"
NO_FEEDS = [CHALLENGE, MAINTENANCE, ERROR_520]


def feed(
    national: str = "SEVERE",
    northern_ireland: str = "SUBSTANTIAL",
    *,
    published: str = "Thursday, April 30, 2026 -  06:09",
    ttl: str = "20",
) -> bytes:
    """Make a feed like that of 2026."""
    text = FEED_2026.decode().replace("SEVERE", "{}").replace("SUBSTANTIAL", "{ni}")
    text = text.replace("{}", national).replace("{ni}", northern_ireland)
    text = text.replace("Thursday, April 30, 2026 -  06:09", published).replace("<ttl>20<", f"<ttl>{ttl}<")
    return text.encode()


def described(description: str, *, title: str = "Threat level") -> bytes:
    """Make a feed whose item has this description, which is escaped already, and no level in its title."""
    return (
        f'<rss version="2.0"><channel><ttl>20</ttl><item><title>{title}</title><description>{description}</description>'
        "<pubDate></pubDate></item></channel></rss>"
    ).encode()
