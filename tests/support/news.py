"""Feeds as the two sources may write them: our own samples, by RFC 4287 and RSS 2.0, since no captures are at hand."""

from html import escape

ATOM_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB">
  <id>https://www.gov.uk/alerts/feed.atom</id>
  <title>Emergency Alerts</title>
  <updated>2026-11-23T11:30:00+00:00</updated>
  <author><name>Emergency Alerts</name></author>
  <link href="https://www.gov.uk/alerts/feed.atom" rel="self"/>
  <link href="https://www.gov.uk/alerts" rel="alternate"/>
"""

RSS_HEAD = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
	xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:wfw="http://wellformedweb.org/CommentAPI/"
	xmlns:dc="http://purl.org/dc/elements/1.1/"
	xmlns:atom="http://www.w3.org/2005/Atom"
	xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
	xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
	>
<channel>
	<title>Counter Terrorism Policing</title>
	<atom:link href="https://www.counterterrorism.police.uk/feed/" rel="self" type="application/rss+xml" />
	<link>https://www.counterterrorism.police.uk</link>
	<description>News from the network</description>
	<lastBuildDate>Mon, 23 Nov 2026 10:04:12 +0000</lastBuildDate>
	<language>en-GB</language>
	<sy:updatePeriod>hourly</sy:updatePeriod>
	<sy:updateFrequency>1</sy:updateFrequency>
	<generator>https://wordpress.org/?v=6.8</generator>
"""


def atom_entry(
    number: int,
    title: str = "Severe flooding in Ely",
    content: str = "<p>Water is rising <strong>now</strong>.</p><ul><li>Move upstairs</li><li>Call 999</li></ul>",
    *,
    updated: str = "2026-11-23T11:30:00+00:00",
) -> str:
    """Write an entry of the Atom feed; its content is HTML."""
    return f"""  <entry>
    <id>https://www.gov.uk/alerts/23-nov-2026-{number}</id>
    <title>{escape(title)}</title>
    <link href="https://www.gov.uk/alerts/23-nov-2026-{number}"/>
    <published>2026-11-23T11:00:00+00:00</published>
    <updated>{updated}</updated>
    <summary>Sent to phones in the area</summary>
    <content type="html">{escape(content)}</content>
  </entry>
"""


def atom(*entries: str) -> bytes:
    """Write the Atom feed."""
    return (ATOM_HEAD + "".join(entries) + "</feed>\n").encode()


def rss_item(
    number: int,
    title: str = "Man charged under the Terrorism Act",
    content: str = "<p>A man has been <em>charged</em>.</p>\n<p>He will appear at court.</p>",
    *,
    published: str = "Mon, 23 Nov 2026 10:00:00 +0000",
) -> str:
    """Write an item as WordPress does, with its footer."""
    link = f"https://www.counterterrorism.police.uk/news-{number}/"
    footer = (
        f'<p>The post <a href="{link}">{title}</a> appeared first on '
        '<a href="https://www.counterterrorism.police.uk">Counter Terrorism Policing</a>.</p>'
    )
    return f"""	<item>
		<title>{escape(title)}</title>
		<link>{link}</link>
		<dc:creator><![CDATA[press office]]></dc:creator>
		<pubDate>{published}</pubDate>
		<category><![CDATA[News]]></category>
		<guid isPermaLink="false">https://www.counterterrorism.police.uk/?p={4000 + number}</guid>
		<description><![CDATA[<p>A man has been &#8230; [&#8230;]</p>
{footer}]]></description>
		<content:encoded><![CDATA[{content}
{footer}
]]></content:encoded>
	</item>
"""


def rss(*items: str) -> bytes:
    """Write the RSS feed."""
    return (RSS_HEAD + "".join(items) + "</channel>\n</rss>\n").encode()


SAMPLES: dict[str, bytes] = {
    "govuk-alerts": atom(
        atom_entry(3),
        atom_entry(
            2,
            "Test of the Emergency Alerts service",
            "<p>This is a test of Emergency Alerts. You do not need to do anything.</p>",
            updated="2026-11-22T14:00:00Z",
        ),
        atom_entry(1, "Wildfire at Saddleworth", "Close doors and windows.", updated="2026-11-02T09:15:00+01:00"),
    ),
    "ctp": rss(
        rss_item(3),
        rss_item(2, "Statement following the incident in Leeds", "<h2>Update</h2><p>The area is safe &amp; open.</p>"),
        rss_item(1, "Review of the year", "<p>Looking back.</p>", published="Mon, 02 Nov 2026 08:00:00 +0000"),
    ),
}
"""For each source a feed of three items, the newest first, of which the last is older than a day on 23 Nov 2026."""
