// Temporal's development server as its command line starts it, without the command line: a frontend on 127.0.0.1 and a
// SQLite file. Arguments: the port, the file. Built by install.mjs inside a copy of the module that holds the server.
package main

import (
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/temporalio/cli/internal/devserver"
)

func main() {
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	server, err := devserver.Start(devserver.StartOptions{
		FrontendIP:             "127.0.0.1",
		FrontendPort:           port,
		Namespaces:             []string{"default"},
		ClusterID:              "7d9c1f1e-2c1b-4d5e-9f57-6b0a4f1d9b11",
		MasterClusterName:      "active",
		CurrentClusterName:     "active",
		InitialFailoverVersion: 1,
		Logger:                 slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		LogLevel:               slog.LevelError,
		DatabaseFile:           os.Args[2],
		SqlitePragmas:          map[string]string{"journal_mode": "wal", "synchronous": "2"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("ready")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	server.Stop()
}
