"""Hostile pages."""

from benchmarks.endurance.file_shapes import MEGA, shape


def _fonts_and_paragraphs() -> bytes:
    """Formatting left open is opened anew in each paragraph, as the standard of HTML has it: 20 million elements."""
    return b"".join(b"<font size=%d>" % n for n in range(4_000)) + b"<p>x" * 5_000


HTML_SHAPES = (
    shape(".html", "blocks a hundred thousand deep", lambda: b"<div>" * 100_000 + b"text"),
    shape(".html", "blocks as deep as is allowed", lambda: b"<div>" * 4_990 + b"text"),
    shape(".html", "letters a hundred thousand deep", lambda: b"<b>" * 100_000 + b"text"),
    shape(".html", "links a hundred thousand deep", lambda: b"<a href=x>" * 100_000 + b"text"),
    shape(".html", "lists a hundred thousand deep", lambda: b"<ul><li>" * 100_000 + b"text"),
    shape(".html", "tables as deep as is allowed", lambda: b"<table><tr><td>" * 2_000 + b"text"),
    shape(".html", "tables left open", lambda: b"<table>" * 100_000 + b"text"),
    shape(".html", "drawings a hundred thousand deep", lambda: b"<svg><g>" * 100_000 + b"text"),
    shape(".html", "templates left open", lambda: b"<template>" * 100_000 + b"text"),
    shape(".html", "formatting opened anew", _fonts_and_paragraphs),
    shape(".html", "formatting closed in disorder", lambda: b"<b><i><p></b></i>x" * 20_000),
    shape(".html", "three million empty paragraphs", lambda: b"<p></p>" * (3 * MEGA) + b"text"),
    shape(".html", "a million line breaks", lambda: b"a" + b"<br>" * MEGA + b"text"),
    shape(".html", "a million cells", lambda: b"<table><tr>" + b"<td>x" * MEGA),
    shape(".html", "a million rows", lambda: b"<table>" + b"<tr><td>x" * MEGA),
    shape(".html", "a million cells without a table", lambda: b"<td>x</td>" * MEGA),
    shape(".html", "rows in a deep cell", lambda: b"<div>" * 4_900 + b"<table>" + b"<tr><td>x" * 20_000),
    shape(".html", "a million attributes", lambda: b"<p " + b" ".join(b"a%d=1" % n for n in range(MEGA)) + b">text"),
    shape(".html", "an attribute of 50 MB", lambda: b"<p a='" + b"x" * (50 * MEGA) + b"'>text"),
    shape(".html", "a style of 20 MB", lambda: b"<p style='" + b"display " * (2 * MEGA) + b"'>text"),
    shape(".html", "a tag's name of 20 MB", lambda: b"<x" + b"y" * (20 * MEGA) + b">text"),
    shape(".html", "many long tag names", lambda: b"".join(b"<" + b"y" * 2_000 + b"%d>" % n for n in range(6_000))),
    shape(".html", "ten million entities", lambda: b"&amp;" * (10 * MEGA)),
    shape(".html", "entities of no characters", b"<p>a&#0;b&#xD800;c&#x110000;d&#xFFFFFFFFFF;e&#13;f" * 50),
    shape(".html", "a comment that does not end", lambda: b"<p>text<!--" + b"-" * (10 * MEGA)),
    shape(".html", "a script that does not end", lambda: b"<p>text<script>" + b"<" * (5 * MEGA)),
    shape(".html", "angle brackets alone", lambda: b"<" * (5 * MEGA)),
    shape(".html", "a title of 30 MB of brackets", lambda: b"<title>" + b"[" * (30 * MEGA) + b"</title>text"),
    shape(".html", "a heading of brackets", lambda: b"<h1>" + b"[" * 500_000 + b"</h1>text"),
    shape(".html", "a heading of 30 MB", lambda: b"<h1>" + b"a " * (15 * MEGA) + b"</h1>text"),
    shape(".html", "a heading left open", lambda: b"<h1>" + b"<p>x" * 200_000),
    shape(".html", "headings in headings", lambda: b"<h1>a<h2>b</h1>c</h2>" * 50_000),
    shape(".html", "returns before a heading", b"<pre>" + b"&#13;\n" * 500 + b"</pre><h1>Title</h1><p>text"),
    shape(
        ".html",
        "halves of characters",
        "<h1>a\ud800</h1><p>b\udfff text that is long enough to be mended".encode("utf-8", "surrogatepass")
        + b" and more of it" * 400,
    ),
    shape(".html", "a charset that is none", b"<meta charset='undefined'><p>text \xe9\xe8 and more"),
    shape(".html", "a charset that unpacks", b"<meta charset='zlib'><p>text \xe9\xe8 and more"),
    shape(".html", "a charset of another kind", b"<meta charset='rot13'><p>text \xe9\xe8 and more"),
    shape(".html", "a charset of UTF-7", b"<meta charset='utf-7'><p>text \xe9 +AGEAYQBh- and more"),
    shape(".html", "a charset of names", b"<meta charset='idna'><p>text \xe9\xe8 and more"),
    shape(".html", "a charset of escapes", b"<meta charset='unicode_escape'><p>\\ud800\\x00 \xe9\xe8 and more"),
    shape(".html", "frames", b"<frameset><frame src=file:///etc/passwd><noframes>text</noframes></frameset>"),
    shape(".html", "links to files", b"<link rel=import href=file:///etc/passwd><img src=/etc/passwd><p>text"),
)
