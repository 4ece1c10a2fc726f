"""The grammar of SOQL, as Salesforce's reference has it; what is not in it is refused."""

GRAMMAR = r"""
start: query
query: SELECT select_list FROM source ("," named)* [scope] [where] [with_] [group] [order] _tail
_tail: [limit] [offset] for_* [all_rows]
select_list: select_item ("," select_item)*
?select_item: fields_of | sub | typeof | item
item: target [NAME]
fields_of: FIELDS "(" NAME ")"
sub: "(" query ")"
typeof: TYPEOF path when+ [else_] END
when: WHEN NAME THEN path ("," path)*
else_: ELSE path ("," path)*
?target: function | path
function: NAME "(" [function | path] ")"
path: NAME ("." NAME)*
source: NAME ("." NAME)* [_AS? NAME]
named: path _AS? NAME
scope: USING SCOPE NAME
where: WHERE condition
with_: WITH NAME
group: GROUP BY target ("," target)*  [having]
having: HAVING condition
order: ORDER BY order_item ("," order_item)*
order_item: target [DIRECTION] [NULLS]
limit: LIMIT INT
offset: OFFSET INT
for_: FOR (VIEW | REFERENCE | UPDATE)
all_rows: ALL ROWS

?condition: or_ | and_ | simple
or_: simple (OR simple)+
and_: simple (AND simple)+
?simple: negated | "(" condition ")" | comparison
negated: NOT simple
?comparison: compare | membership | multi
compare: target COMPARE value
       | target LIKE value -> like
membership: target [NOT] IN "(" (query | value ("," value)*) ")"
multi: target INCLUDES "(" value ("," value)* ")"
     | target EXCLUDES "(" value ("," value)* ")"
value: STRING | DATETIME | DATE | TIME | CURRENCY | NUMBER | INT | TRUE | FALSE | NULL | dateliteral
dateliteral: NAME [":" INT]

SELECT.3: /SELECT\b/i
FROM.3: /FROM\b/i
WHERE.3: /WHERE\b/i
WITH.3: /WITH\b/i
GROUP.3: /GROUP\b/i
BY.3: /BY\b/i
HAVING.3: /HAVING\b/i
ORDER.3: /ORDER\b/i
DIRECTION.3: /(ASC|DESC)\b/i
NULLS.3: /NULLS\s+(FIRST|LAST)\b/i
LIMIT.3: /LIMIT\b/i
OFFSET.3: /OFFSET\b/i
FOR.3: /FOR\b/i
VIEW.3: /VIEW\b/i
REFERENCE.3: /REFERENCE\b/i
UPDATE.3: /UPDATE\b/i
ALL.3: /ALL\b/i
ROWS.3: /ROWS\b/i
USING.3: /USING(?=\s+SCOPE\b)/i
SCOPE.3: /SCOPE\b/i
TYPEOF.3: /TYPEOF(?=\s)/i
WHEN.3: /WHEN\b/i
THEN.3: /THEN\b/i
ELSE.3: /ELSE\b/i
END.3: /END\b/i
FIELDS.3: /FIELDS(?=\s*\()/i
AND.3: /AND\b/i
OR.3: /OR\b/i
NOT.3: /NOT\b/i
IN.3: /IN\b/i
LIKE.3: /LIKE\b/i
INCLUDES.3: /INCLUDES\b/i
EXCLUDES.3: /EXCLUDES\b/i
TRUE.3: /TRUE\b/i
FALSE.3: /FALSE\b/i
NULL.3: /NULL\b/i
_AS.3: /AS\b/i
COMPARE: "=" | "!=" | "<>" | "<=" | ">=" | "<" | ">"
STRING: /'(\\.|[^'\\])*'/s
DATETIME.2: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})/i
DATE.1: /\d{4}-\d{2}-\d{2}/
TIME.2: /\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z/i
CURRENCY.2: /[A-Z]{3}\d+(\.\d+)?\b/i
NUMBER.1: /[+-]?(\d+\.\d*|\.\d+)|[+-]\d+/
INT: /\d+/
NAME: /[A-Za-z][A-Za-z0-9_]*/
%ignore /\s+/
"""
