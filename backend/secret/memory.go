package secret

import "sync"

// Memory is a vault that forgets everything when the program ends: for tests, and
// for a desk that lives no longer than the program.
func Memory() Vault { return &memory{secrets: map[string]Text{}} }

type memory struct {
	mu      sync.Mutex
	secrets map[string]Text
}

func (m *memory) Put(name string, t Text) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.secrets[name] = t
	return nil
}

func (m *memory) Get(name string) (Text, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.secrets[name]
	if !ok {
		return "", ErrNotFound
	}
	return t, nil
}

func (m *memory) Delete(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.secrets, name)
	return nil
}

func (m *memory) Where() string { return "In memory only, until Waybill is closed." }
