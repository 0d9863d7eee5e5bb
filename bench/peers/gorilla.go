// An echo server on gorilla/websocket.
//
// Usage: gorilla PORT [--tls CERTIFICATE KEY] [--deflate]
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/gorilla/websocket"
)

const messageLimit = 16 << 20

var upgrader websocket.Upgrader

func echo(w http.ResponseWriter, r *http.Request) {
	connection, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer connection.Close()
	connection.SetReadLimit(messageLimit)
	for {
		kind, message, err := connection.ReadMessage()
		if err != nil {
			return
		}
		if connection.WriteMessage(kind, message) != nil {
			return
		}
	}
}

func main() {
	address, options := "127.0.0.1:"+os.Args[1], os.Args[2:]
	http.HandleFunc("/socket", echo)
	if len(options) > 0 && options[0] == "--deflate" {
		upgrader.EnableCompression = true
	}
	if len(options) == 3 && options[0] == "--tls" {
		log.Fatal(http.ListenAndServeTLS(address, options[1], options[2], nil))
	}
	log.Fatal(http.ListenAndServe(address, nil))
}
