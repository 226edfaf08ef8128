package secret

// Scope gives a view of a vault in which every name begins with prefix, so that a
// connector asks for "token" and gets the token of its own connection.
func Scope(v Vault, prefix string) Vault { return scope{v, prefix} }

type scope struct {
	vault  Vault
	prefix string
}

func (s scope) Put(name string, t Text) error { return s.vault.Put(s.prefix+name, t) }
func (s scope) Get(name string) (Text, error) { return s.vault.Get(s.prefix + name) }
func (s scope) Delete(name string) error      { return s.vault.Delete(s.prefix + name) }
func (s scope) Where() string                 { return s.vault.Where() }
