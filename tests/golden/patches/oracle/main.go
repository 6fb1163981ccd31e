// oracle PORT - upstream's API server with an etcd of its own, for comparisons: https://127.0.0.1:PORT, token "t".
// PORT+1 and PORT+2 are the etcd's. State lives in a temporary directory and goes with it.
package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func die(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func startStore(dir string, port int) {
	address := func(port int) url.URL { return url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", port)} }
	c := embed.NewConfig()
	c.Dir = filepath.Join(dir, "etcd")
	c.ListenClientUrls = []url.URL{address(port)}
	c.AdvertiseClientUrls = c.ListenClientUrls
	c.ListenPeerUrls = []url.URL{address(port + 1)}
	c.AdvertisePeerUrls = c.ListenPeerUrls
	c.InitialCluster = c.InitialClusterFromName(c.Name)
	c.LogLevel = "error"
	c.UnsafeNoFsync = true
	e, err := embed.StartEtcd(c)
	if err != nil {
		die(err)
	}
	select {
	case <-e.Server.ReadyNotify():
	case <-time.After(time.Minute):
		die(fmt.Errorf("etcd is not ready"))
	}
}

func writeKey(path string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		die(err)
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		die(err)
	}
}

func main() {
	if len(os.Args) != 2 {
		die(fmt.Errorf("usage: oracle PORT"))
	}
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		die(err)
	}
	dir, err := os.MkdirTemp("", "oracle")
	if err != nil {
		die(err)
	}
	defer os.RemoveAll(dir)
	key, tokens := filepath.Join(dir, "key"), filepath.Join(dir, "tokens")
	writeKey(key)
	people := "t,admin,u0,\"system:masters\"\nsesame,alice,u1,\"dev,ops\"\n"
	if err := os.WriteFile(tokens, []byte(people), 0o600); err != nil {
		die(err)
	}
	startStore(dir, port+1)
	command := app.NewAPIServerCommand()
	command.SetArgs([]string{
		"--etcd-servers=http://127.0.0.1:" + strconv.Itoa(port+1),
		"--bind-address=127.0.0.1", "--secure-port=" + os.Args[1], "--cert-dir=" + dir,
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + key, "--service-account-signing-key-file=" + key,
		"--service-cluster-ip-range=10.96.0.0/16", "--token-auth-file=" + tokens,
		"--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount", "--allow-privileged=true",
	})
	if code := cli.Run(command); code != 0 {
		die(fmt.Errorf("the API server ended with %d", code))
	}
}
