// The grammar of `.dl`, as the parser sees it after the layout filter (frontend/parse/layout.h) has
//  - turned line ends and `;` into NL where a statement ends, and dropped them elsewhere, before `}` and after `{`;
//  - given words such as `step`, `where` and `gradient` their keyword token where they mean something (tokens below);
//  - marked an opening parenthesis whose partner is followed by `->` (LAMBDA_OPEN), or, where a statement or the turns
//    of a `repeat` begin, by `=`, `~` or `in` (PATTERN_OPEN);
//  - turned a reducer before `[` into REDUCE.
// With that, one token decides nearly everywhere. What the syntax allows in addition (a pipe into a number, chained
// comparisons, ...) the tree builder refuses with a message of its own.
grammar Dl;

options { superClass = DepthGuard; }

@parser::postinclude {
#include "frontend/parse/depth_guard.h"
}

tokens {
  NL, LAMBDA_OPEN, PATTERN_OPEN, REDUCE, BAD_STATEMENT,
  IMPORT, OPTION, DATA, MODEL, TRAIN, PROGRAM, TEST,
  EPOCHS, STEPS, STEP, EVERY, EPOCH, KEEP, HIGHEST, LOWEST, PATIENCE, WHERE, GRADIENT
}

oneDeclaration : declaration EOF ;
oneExpression : expr EOF ;

// ------------------------------------------------------------------ declarations

declaration
  : IMPORT id=NAME
  | OPTION id=NAME ':' typed=type '=' value=expr
  | DATA id=NAME '=' source=expr (WHERE condition=expr)? '{' (fields+=field (NL fields+=field)*)? '}'
  | 'fn' routine=function
  | PROGRAM routine=function
  | MODEL id=NAME configuration=params (inputs=params ('->' typed=type)?)? body=block
  | TRAIN id=NAME? configuration=params? '{' (clauses+=clause (NL clauses+=clause)*)? '}'
  | TEST id=NAME body=block
  | bound=assignment
  ;

field : bound=assignment | BAD_STATEMENT ;

function : id=NAME inputs=params ('->' result=type)? body=block derivative=gradient? ;
gradient : GRADIENT '(' cotangent=pattern (',' value=pattern)? ','? ')' body=block ;
block : '{' (statements+=statement (NL statements+=statement)*)? '}' ;

params : ('(' | LAMBDA_OPEN) (list+=param (',' list+=param)* ','?)? ')' ;
param : id=NAME (':' typed=type)? ('=' initial=expr)? ;

type
  : id=NAME (open='[' (dims+=dim (',' dims+=dim)* ','?)? ']')?
    (names='(' (strings+=STRING (',' strings+=STRING)* ','?)? ')')? ('in' range=expr)?
  | tuple='(' fields+=typeField (',' fields+=typeField)* ','? ')'
  ;
typeField : (id=NAME ':')? typed=type ;
dim : '...' | extent=expr ;

clause
  : kind=(EPOCHS | STEPS) value=expr
  | kind=STEP (into=pattern 'in' value=expr)? body=block
  | kind=EVERY (unit=EPOCH | value=expr unit=(EPOCHS | STEPS)) body=block
  | kind=KEEP unit=(HIGHEST | LOWEST) id=NAME (',' PATIENCE ':' value=expr)?
  | plain=statement
  ;

// ------------------------------------------------------------------ statements

statement
  : kind=('param' | 'state') id=NAME (':' typed=type)? op=('=' | '~') value=expr
  | kind='fn' routine=function
  | kind='yield' value=expr
  | kind='minimize' value=expr 'over' place=expr 'with' optimiser=expr
  | bound=assignment
  | kind=BAD_STATEMENT
  ;

// A binding, a definition, an update or a plain expression: which one, the builder tells from the operator and the
// shape of the target.
assignment
  : into=takenApart op=('=' | '~' | '<-') value=expr
  | target=expr (':' typed=type)? (op=('=' | '~' | '<-') value=expr)?
  ;

pattern : id=NAME | apart=takenApart | '(' elements+=patternElement (',' elements+=patternElement)* ','? ')' ;
takenApart : PATTERN_OPEN elements+=patternElement (',' elements+=patternElement)* ','? ')' ;
patternElement : id=NAME ':' typed=type | inner=pattern ;
index : '...' | id=NAME ('in' range=expr)? ;

// ------------------------------------------------------------------ expressions, loosest last

expr
  : function_=lambda
  | <assoc=right> left=expr op='^' right=expr
  | op='-' right=expr
  | left=expr op=('*' | '/' | '//' | '%' | '@') right=expr
  | op=REDUCE '[' indices+=index (',' indices+=index)* ','? (WHERE condition=expr)? ']' right=expr
  | left=expr op=('+' | '-') right=expr
  | left=expr op='..' right=expr
  | left=expr op=('==' | '!=' | '<' | '<=' | '>' | '>=') right=expr
  | op='not' right=expr
  | left=expr op='and' right=expr
  | left=expr op='or' right=expr
  | left=expr op='|>' into=postfix
  | plain=postfix
  ;
lambda : (id=NAME | list=params) '->' (body=block | value=expr) ;

postfix : head=primary suffixes+=suffix* ;
suffix
  : kind='.' id=NAME
  | kind='[' items+=item (',' items+=item)* ','? ']'
  | kind='(' (arguments+=argument (',' arguments+=argument)* ','?)? ')'
  ;
argument : (id=(NAME | TRAINING) ':')? value=expr ;
item : ellipsis='...' | value=expr ('in' range=expr | sliced=slice)? | sliced=slice ;
slice : ':' stopAt=expr? (':' by=expr?)? ;

primary
  : kind=(NUMBER | STRING | 'true' | 'false' | 'none' | 'training' | NAME | REDUCER)
  | kind='(' (entries+=argument (',' entries+=argument)* comma=','?)? ')'
  | kind='[' (elements+=expr (',' elements+=expr)* ','?)? ']'
  | kind='if' conditions+=expr blocks+=block ('else' 'if' conditions+=expr blocks+=block)* ('else' otherwise=block)?
  | kind='for' into=pattern 'in' over=expr ('while' condition=expr)? body=block
  | kind='while' condition=expr body=block
  | kind='repeat' (into=pattern 'in')? over=expr body=block
  | kind='checkpoint' body=block
  ;

// ------------------------------------------------------------------ words (the input is bytes, not code points)

FN : 'fn' ;
PARAM : 'param' ;
STATE : 'state' ;
IF : 'if' ;
ELSE : 'else' ;
FOR : 'for' ;
IN : 'in' ;
WHILE : 'while' ;
REPEAT : 'repeat' ;
CHECKPOINT : 'checkpoint' ;
YIELD : 'yield' ;
MINIMIZE : 'minimize' ;
OVER : 'over' ;
WITH : 'with' ;
AND : 'and' ;
OR : 'or' ;
NOT : 'not' ;
TRUE : 'true' ;
FALSE : 'false' ;
NONE : 'none' ;
TRAINING : 'training' ;
REDUCER : 'sum' | 'mean' | 'prod' | 'max' | 'min' | 'any' | 'all' | 'argmax' | 'argmin' ;

PIPE : '|>' ;
ARROW : '->' ;
UPDATE : '<-' ;
ASSIGN : '=' ;
TILDE : '~' ;
OPEN_PAREN : '(' ;
CLOSE_PAREN : ')' ;
OPEN_BRACKET : '[' ;
CLOSE_BRACKET : ']' ;
OPEN_BRACE : '{' ;
CLOSE_BRACE : '}' ;
COMMA : ',' ;
COLON : ':' ;
DOT : '.' ;
RANGE : '..' ;
ELLIPSIS : '...' ;
POWER : '^' ;
STAR : '*' ;
SLASH : '/' ;
FLOOR_DIVIDE : '//' ;
PERCENT : '%' ;
AT : '@' ;
PLUS : '+' ;
MINUS : '-' ;
EQUAL : '==' ;
NOT_EQUAL : '!=' ;
LESS : '<' ;
LESS_EQUAL : '<=' ;
GREATER : '>' ;
GREATER_EQUAL : '>=' ;

NAME : [A-Za-z_] [A-Za-z0-9_]* ;
NUMBER : DIGITS ('.' DIGITS)? ([eE] [+-]? [0-9]+)? ;
BAD_NUMBER : DIGITS ('.' DIGITS)? ([eE] [+-]? [0-9]+)? [A-Za-z_] [A-Za-z0-9_]* ;
fragment DIGITS : [0-9]+ ('_' [0-9]+)* ;

STRING : '"' (~["\\\n\r] | '\\' ~[\n\r])* '"' ;
UNTERMINATED : '"' (~["\\\n\r] | '\\' ~[\n\r])* '\\'? ;

LINE_END : '\n' | ';' ;
DOC : '##' ~[\n\r]* -> channel(HIDDEN) ;
COMMENT : '#' ~[\n\r]* -> skip ;
BLANK : [ \t\r\f]+ -> skip ;
STRAY : . ;
