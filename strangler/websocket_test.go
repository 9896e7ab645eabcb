package strangler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	coder "github.com/coder/websocket"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// TestWebSocketsOfOthers: two clients and two servers that have no code in common talk
// through the proxy in all four pairs, on both arms: text, binary, 4 MB at once, and a
// message of many frames; pings of either side are answered, also in the middle of a
// message, and the closing code arrives, whoever closes.
func TestWebSocketsOfOthers(t *testing.T) {
	servers := map[string]http.HandlerFunc{"coder": echoCoder, "gobwas": echoGobwas}
	clients := map[string]func(context.Context, string, [][]byte) error{"coder": talkCoder, "gobwas": talkGobwas}
	messages := [][]byte{[]byte("hello"), {}, bytes.Repeat([]byte{0, 255, 7}, 50000), bytes.Repeat([]byte("4 MB"), 1<<20)}
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

// What the servers do when they are told to.
const (
	wsPingMe   = "ping me" // and then say that it was answered
	wsAnswered = "answered"
	wsCloseMe  = "close me" // with these
	wsWhy      = "you asked for it"
	wsCode     = 4002
	wsLimit    = 8 << 20
)

func echoCoder(w http.ResponseWriter, r *http.Request) {
	c, err := coder.Accept(w, r, &coder.AcceptOptions{InsecureSkipVerify: true}) // the origin is not checked here
	if err != nil {
		return
	}
	var pings sync.WaitGroup
	defer pings.Wait()
	defer c.CloseNow()
	c.SetReadLimit(wsLimit)
	for {
		kind, data, err := c.Read(r.Context())
		switch {
		case err != nil:
			return
		case string(data) == wsCloseMe:
			_ = c.Close(wsCode, wsWhy)
			return
		case string(data) == wsPingMe:
			pings.Go(func() { // the answer is read by the loop
				if c.Ping(r.Context()) == nil {
					_ = c.Write(r.Context(), kind, []byte(wsAnswered))
				}
			})
		case c.Write(r.Context(), kind, data) != nil:
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
		switch {
		case err != nil:
			return
		case string(data) == wsCloseMe:
			_ = ws.WriteFrame(conn, ws.NewCloseFrame(ws.NewCloseFrameBody(wsCode, wsWhy)))
			_, _ = ws.ReadFrame(conn)
			return
		case string(data) == wsPingMe:
			_ = ws.WriteFrame(conn, ws.NewPingFrame([]byte("1")))
			if pong, err := ws.ReadFrame(conn); err != nil || pong.Header.OpCode != ws.OpPong {
				return
			}
			data = []byte(wsAnswered)
		}
		if wsutil.WriteServerMessage(conn, op, data) != nil {
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
	c.SetReadLimit(wsLimit)
	echo := func(m, want []byte) error {
		if err := c.Write(ctx, coder.MessageBinary, m); err != nil {
			return err
		}
		if _, got, err := c.Read(ctx); err != nil || !bytes.Equal(got, want) {
			return fmt.Errorf("echo of %d bytes: %d bytes, %v", len(m), len(got), err)
		}
		return nil
	}
	for _, m := range messages {
		if err := echo(m, m); err != nil {
			return err
		}
	}
	if err := echo([]byte(wsPingMe), []byte(wsAnswered)); err != nil {
		return err
	}
	if err := c.Write(ctx, coder.MessageText, []byte(wsCloseMe)); err != nil {
		return err
	}
	var closed coder.CloseError
	if _, _, err := c.Read(ctx); !errors.As(err, &closed) || closed.Code != wsCode || closed.Reason != wsWhy {
		return fmt.Errorf("closed by the server: %w", err)
	}
	if c, _, err = coder.Dial(ctx, url, nil); err != nil {
		return err
	}
	defer c.CloseNow()
	reading := c.CloseRead(ctx) // reads what answers the ping
	if err := c.Ping(reading); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	if err := c.Close(4001, "bye"); err != nil { // waits for the answer
		return fmt.Errorf("close: %w", err)
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
	if err := wsutil.WriteClientText(conn, []byte(wsPingMe)); err != nil {
		return err
	}
	if got, _, err := wsutil.ReadServerData(conn); err != nil || string(got) != wsAnswered {
		return fmt.Errorf("the server's ping: %q, %w", got, err)
	}
	if err := talkInFrames(conn); err != nil {
		return err
	}
	return closeGobwas(ctx, conn, url)
}

// talkInFrames sends a message in three frames, with a ping in its middle.
func talkInFrames(conn net.Conn) error {
	for _, f := range []ws.Frame{
		ws.NewFrame(ws.OpText, false, []byte("in ")), ws.NewFrame(ws.OpContinuation, false, []byte("three ")),
		ws.NewPingFrame([]byte("amid")), ws.NewFrame(ws.OpContinuation, true, []byte("frames")),
	} {
		if err := ws.WriteFrame(conn, ws.MaskFrame(f)); err != nil {
			return err
		}
	}
	pong, err := ws.ReadFrame(conn)
	if err != nil || pong.Header.OpCode != ws.OpPong || string(pong.Payload) != "amid" {
		return fmt.Errorf("ping amid a message: %v %q, %v", pong.Header.OpCode, pong.Payload, err)
	}
	if got, _, err := wsutil.ReadServerData(conn); err != nil || string(got) != "in three frames" {
		return fmt.Errorf("message of three frames: %q, %w", got, err)
	}
	return nil
}

// closeGobwas closes, and lets the server close another connection.
func closeGobwas(ctx context.Context, conn net.Conn, url string) error {
	if err := ws.WriteFrame(conn, ws.MaskFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusGoingAway, "bye")))); err != nil {
		return err
	}
	if err := readClose(conn, ws.StatusGoingAway, ""); err != nil {
		return err
	}
	if _, err := io.ReadAll(conn); err != nil {
		return fmt.Errorf("after the close: %w", err)
	}
	conn, _, _, err := ws.Dial(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := wsutil.WriteClientText(conn, []byte(wsCloseMe)); err != nil {
		return err
	}
	if err := readClose(conn, wsCode, wsWhy); err != nil {
		return err
	}
	return ws.WriteFrame(conn, ws.MaskFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(wsCode, ""))))
}

func readClose(conn net.Conn, code ws.StatusCode, why string) error {
	frame, err := ws.ReadFrame(conn)
	if err != nil {
		return fmt.Errorf("read the closing frame: %w", err)
	}
	got, reason := ws.ParseCloseFrameData(frame.Payload)
	if frame.Header.OpCode != ws.OpClose || got != code || why != "" && reason != why {
		return fmt.Errorf("closed with %v %v %q", frame.Header.OpCode, got, reason)
	}
	return nil
}
