package practice_test

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"waybill/backend/practice"
)

func ExampleServe() {
	desk, err := practice.Serve(context.Background(), "127.0.0.1:0", practice.Options{Token: "rehearsal"})
	if err != nil {
		panic(err)
	}
	defer desk.Close()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequest(http.MethodGet, desk.Address+"/api/v1/stats", nil)
	if err != nil {
		panic(err)
	}
	request.Header.Set("Authorization", "Bearer "+desk.Token)
	answer, err := client.Do(request)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		panic(err)
	}
	fmt.Print(string(body))
	// Output: {"objects":{"agent":0,"attachment":0,"contact":0,"group":0,"message":0,"organization":0,"ticket":0},"messages_sent":0,"requests":0,"too_many":0,"doubles":0}
}
