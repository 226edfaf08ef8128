package formula

import "strings"

// let reads what stands between the brackets of LET: names with their values, then the result.
func (p *parser) let(open token) ([]node, error) {
	known := len(p.vars)
	defer func() { p.vars = p.vars[:known] }()
	var args []node
	for {
		t, after := p.peek(), token{}
		if p.at+1 < len(p.toks) {
			after = p.toks[p.at+1]
		}
		if t.kind == tokName && after.kind == tokOp && after.s == "," {
			if strings.EqualFold(t.s, "true") || strings.EqualFold(t.s, "false") {
				return nil, syntax(t.col, "“"+clip(t.s)+"” at column "+itoa(t.col)+" cannot be a name.", "Choose another name.").until(t.end)
			}
			p.next()
			p.next()
			value, err := p.expr(levelCompare)
			if err != nil {
				return nil, err
			}
			args = append(args, varRef{t.s, len(p.vars)}, value)
			p.vars = append(p.vars, t.s)
			p.most = max(p.most, len(p.vars))
			if c := p.next(); c.kind != tokOp || c.s != "," {
				return nil, syntax(c.col, "At column "+itoa(c.col)+" LET needs a result behind its names, but there is "+c.words()+".",
					"Write LET(name, value, result).").until(c.end)
			}
			continue
		}
		if len(args) == 0 {
			return nil, syntax(t.col, "At column "+itoa(t.col)+" LET needs a name and a comma, but there is "+t.words()+".",
				"Write LET(name, value, result), for instance LET(t,TRIM([Subject]),IF(t=\"\",\"none\",t)).").until(t.end)
		}
		result, err := p.expr(levelCompare)
		if err != nil {
			return nil, err
		}
		if c := p.next(); c.kind != tokOp || c.s != ")" {
			m := syntax(c.col, "At column "+itoa(c.col)+" a closing bracket ) was expected, but there is "+c.words()+".",
				"Check the values of LET, which begins at column "+itoa(open.col)+".").until(c.end)
			if c.kind == tokEnd {
				m.fixes = []Fix{{"Add )", c.col, c.col, ")"}}
			}
			return nil, m
		}
		return append(args, result), nil
	}
}

// buildLet computes each name once, in their order.
func buildLet(c *call) (eval, error) {
	n := len(c.args) / 2
	slots, values := make([]int, n), make([]eval, n)
	for i := range n {
		v, err := compile(c.args[2*i+1])
		if err != nil {
			return nil, err
		}
		name, _ := c.args[2*i].(varRef) // as the parser made it
		slots[i], values[i] = name.slot, v
	}
	result, err := compile(c.args[len(c.args)-1])
	if err != nil {
		return nil, err
	}
	return func(r *runner) Value {
		for i, f := range values {
			if !r.step(1) {
				return Error(ErrValue)
			}
			r.vars[slots[i]] = f(r)
		}
		return result(r)
	}, nil
}
