package strangler

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	coder "github.com/coder/websocket"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// TestWebSocketsOfOthers: two clients and two servers that have no code in common talk
// through the proxy in all four pairs, on both arms: text, binary, and a message of many
// frames; a ping is answered, and the closing code arrives.
func TestWebSocketsOfOthers(t *testing.T) {
	servers := map[string]http.HandlerFunc{"coder": echoCoder, "gobwas": echoGobwas}
	clients := map[string]func(context.Context, string, [][]byte) error{"coder": talkCoder, "gobwas": talkGobwas}
	messages := [][]byte{[]byte("hello"), {}, bytes.Repeat([]byte{0, 255, 7}, 50000)}
	for server, handler := range servers {
		s := serve(t, handler)
		for _, weight := range []string{"0%", "100%"} {
			r := start(t, strings.Replace(onlyService, "100%", weight, 1), map[string]string{"OLD": s.URL, "NEW": s.URL})
			for client, talk := range clients {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				if err := talk(ctx, "ws"+strings.TrimPrefix(r.url, "http")+"/echo", messages); err != nil {
					t.Errorf("%s to %s at %s: %v", client, server, weight, err)
				}
				cancel()
			}
		}
	}
}

func echoCoder(w http.ResponseWriter, r *http.Request) {
	c, err := coder.Accept(w, r, &coder.AcceptOptions{InsecureSkipVerify: true}) // the origin is not checked here
	if err != nil {
		return
	}
	defer c.CloseNow()
	c.SetReadLimit(1 << 20)
	for {
		kind, data, err := c.Read(r.Context())
		if err != nil || c.Write(r.Context(), kind, data) != nil {
			return
		}
	}
}

func echoGobwas(w http.ResponseWriter, r *http.Request) {
	conn, _, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		return
	}
	defer conn.Close()
	for {
		data, op, err := wsutil.ReadClientData(conn) // answers pings and closing frames
		if err != nil || wsutil.WriteServerMessage(conn, op, data) != nil {
			return
		}
	}
}

func talkCoder(ctx context.Context, url string, messages [][]byte) error {
	c, _, err := coder.Dial(ctx, url, nil)
	if err != nil {
		return err
	}
	defer c.CloseNow()
	c.SetReadLimit(1 << 20)
	for _, m := range messages {
		if err := c.Write(ctx, coder.MessageBinary, m); err != nil {
			return err
		}
		if _, got, err := c.Read(ctx); err != nil || !bytes.Equal(got, m) {
			return fmt.Errorf("echo of %d bytes: %d bytes, %v", len(m), len(got), err)
		}
	}
	ctx = c.CloseRead(ctx) // reads what answers the ping
	if err := c.Ping(ctx); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}

func talkGobwas(ctx context.Context, url string, messages [][]byte) error {
	conn, _, _, err := ws.Dial(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, m := range messages {
		if err := wsutil.WriteClientText(conn, m[:0]); err != nil {
			return err
		}
		if err := wsutil.WriteClientBinary(conn, m); err != nil {
			return err
		}
		for _, want := range [][]byte{m[:0], m} {
			if got, _, err := wsutil.ReadServerData(conn); err != nil || !bytes.Equal(got, want) {
				return fmt.Errorf("echo of %d bytes: %d bytes, %v", len(want), len(got), err)
			}
		}
	}
	if err := ws.WriteFrame(conn, ws.MaskFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusGoingAway, "bye")))); err != nil {
		return err
	}
	frame, err := ws.ReadFrame(conn)
	if err != nil {
		return fmt.Errorf("read the answer to the close: %w", err)
	}
	if code, _ := ws.ParseCloseFrameData(frame.Payload); frame.Header.OpCode != ws.OpClose || code != ws.StatusGoingAway {
		return fmt.Errorf("closed with %v %v", frame.Header.OpCode, code)
	}
	if _, err := io.ReadAll(conn); err != nil {
		return fmt.Errorf("after the close: %w", err)
	}
	return nil
}
