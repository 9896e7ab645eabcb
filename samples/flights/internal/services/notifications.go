package services

import (
	"context"
	"log/slog"
)

type Notifier interface {
	Notify(ctx context.Context, email, subject, text string)
}

type LogNotifier struct {
	log *slog.Logger
}

func NewLogNotifier(log *slog.Logger) *LogNotifier { return &LogNotifier{log: log} }

func (n *LogNotifier) Notify(ctx context.Context, _, subject, text string) {
	n.log.InfoContext(ctx, "email sent", "subject", subject, "length", len(text))
}
