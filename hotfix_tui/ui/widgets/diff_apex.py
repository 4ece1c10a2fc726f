"""Apex for pygments, which has no lexer for it: its words do not mind their case, and queries stand in brackets."""

from __future__ import annotations

import re
from typing import ClassVar

from pygments.lexer import RegexLexer, include, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

_KEYWORDS = (
    "abstract", "after", "before", "break", "catch", "class", "continue", "delete", "do", "else", "enum", "extends",
    "final", "finally", "for", "get", "global", "if", "implements", "insert", "instanceof", "interface",
    "merge", "new", "on", "override", "private", "protected", "public", "return", "set", "sharing", "static", "super",
    "switch", "system", "testmethod", "this", "throw", "transient", "trigger", "try", "undelete", "update", "upsert",
    "user", "virtual", "void", "webservice", "when", "while", "with", "without",
)  # fmt: skip
_TYPES = (
    "blob", "boolean", "date", "datetime", "decimal", "double", "id", "integer", "list", "long", "map", "object", "set",
    "sobject", "string", "time",
)  # fmt: skip
# Reserved words of SOQL and SOSL clauses.
_QUERY = (
    "all", "and", "asc", "by", "cube", "desc", "distance", "end", "excludes", "fields", "find", "first", "for", "from",
    "group", "having", "in", "includes", "last", "like", "limit", "not", "nulls", "offset", "or", "order", "returning",
    "rollup", "rows", "scope", "security_enforced", "select", "then", "typeof", "update", "using", "view", "when",
    "where", "with",
)  # fmt: skip


class ApexLexer(RegexLexer):  # type: ignore[misc]
    """Apex classes and triggers, with the SOQL in them."""

    name = "Apex"
    flags = re.MULTILINE | re.IGNORECASE
    tokens: ClassVar = {
        "root": [
            (r"\[(?=\s*(?:select|find)\b)", Punctuation, "query"),
            include("plain"),
            (r"@\w+", Name.Decorator),
            (r"inherited(?=\s+sharing\b)", Keyword),
            (words(("true", "false", "null"), suffix=r"\b"), Keyword.Constant),
            (words(_TYPES, suffix=r"\b(?=\s*[<\[\w])"), Keyword.Type),
            (words(_KEYWORDS, prefix=r"(?<![\w.])", suffix=r"\b"), Keyword),
            (r"[A-Za-z_]\w*(?=\s*\()", Name.Function),
            (r"[A-Za-z_]\w*", Name),
            (r"[{}()\[\];,.]", Punctuation),
            (r"[^\w\s]", Operator),
        ],
        "query": [
            (r"\]", Punctuation, "#pop"),
            (r"\[", Punctuation, "#push"),
            include("plain"),
            (r":\s*[\w.]+", Name.Variable),
            (words(("true", "false", "null"), suffix=r"\b"), Keyword.Constant),
            (words(_QUERY, prefix=r"(?<![\w.])", suffix=r"\b"), Keyword),
            (r"[A-Za-z_]\w*", Name),
            (r"[^\w\s]", Operator),
        ],
        "plain": [
            (r"\s+", Text),
            (r"//[^\n]*", Comment.Single),
            (r"/\*", Comment.Multiline, "comment"),
            (r"'(?:\\.|[^'\\\n])*'?", String),
            (r"\d+(?:\.\d+)?[ld]?\b", Number),
        ],
        "comment": [
            (r"\*/", Comment.Multiline, "#pop"),
            (r"[^*]+", Comment.Multiline),
            (r"\*", Comment.Multiline),
        ],
    }  # fmt: skip
