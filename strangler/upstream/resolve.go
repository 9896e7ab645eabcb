package upstream

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"time"
)

// resolveTimeout bounds the look-up of one name.
const resolveTimeout = 5 * time.Second

// resolve looks up the names of the upstreams anew. Connections to a name whose
// addresses changed are used for what they carry and then closed: every further one is
// dialled to the new addresses. A name that cannot be looked up changes nothing.
func (p *Pool) resolve(ctx context.Context) {
	for _, u := range p.Upstreams() {
		host := u.target.Hostname()
		if _, err := netip.ParseAddr(host); err == nil {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, resolveTimeout)
		addresses, err := p.options.Resolve(limited, host)
		cancel()
		if err != nil {
			continue
		}
		slices.Sort(addresses)
		if p.moved(u, addresses) {
			p.options.Logger.Info("upstream has other addresses", "upstream", u.Name, "host", host, "addresses", addresses)
			u.client.CloseIdle()
			if u.conns != nil {
				u.conns.retire()
			}
		}
	}
}

// moved notes the addresses and reports whether they were others before.
func (p *Pool) moved(u *Upstream, addresses []string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.addresses == nil {
		p.addresses = map[string][]string{}
	}
	key := u.Name + " " + u.URL
	before, known := p.addresses[key]
	p.addresses[key] = addresses
	return known && !slices.Equal(before, addresses)
}

func systemResolver(ctx context.Context, host string) ([]string, error) {
	return net.DefaultResolver.LookupHost(ctx, host)
}
