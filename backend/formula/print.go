package formula

import (
	"math"
	"strconv"
	"strings"
)

// show appends a node, in brackets if it binds looser than least.
func show(b []byte, n node, least int) []byte {
	if n.level() < least {
		b = append(b, '(')
		b = show(b, n, 0)
		return append(b, ')')
	}
	switch x := n.(type) {
	case literal:
		return appendLiteral(b, x.v)
	case fieldRef:
		return appendField(b, x.name)
	case varRef:
		return append(b, x.name...)
	case tableRef:
		return appendField(append(b, x.Table...), x.Column)
	case *arrayNode:
		b = append(b, '{')
		for i, c := range x.cells {
			if i > 0 && i%x.cols == 0 {
				b = append(b, ';')
			} else if i > 0 {
				b = append(b, ',')
			}
			b = appendLiteral(b, c.v)
		}
		return append(b, '}')
	case negate:
		return show(append(b, x.op), x.x, levelSign)
	case percent:
		return append(show(b, x.x, levelPercent), '%')
	case binary:
		b = show(b, x.l, x.level())
		b = append(b, x.op...)
		return show(b, x.r, x.level()+1)
	case *call:
		b = append(append(b, x.fn.Name...), '(')
		for i, a := range x.args {
			if i > 0 {
				b = append(b, ',')
			}
			b = show(b, a, 0)
		}
		return append(b, ')')
	}
	return b
}

func appendLiteral(b []byte, v Value) []byte {
	switch v.kind {
	case KindText:
		return appendText(b, v.s)
	case KindNumber:
		if a := math.Abs(v.n); a != 0 && (a >= 1e21 || a < 1e-6) {
			return strconv.AppendFloat(b, v.n, 'E', -1, 64)
		}
		return strconv.AppendFloat(b, v.n, 'f', -1, 64)
	case KindLogical:
		return append(b, v.text()...)
	default:
		return b
	}
}

func appendField(b []byte, name string) []byte {
	b = append(b, '[')
	b = append(b, strings.ReplaceAll(name, "]", "]]")...)
	return append(b, ']')
}

func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}
