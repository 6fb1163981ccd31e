module kubestep.dev/testkit

go 1.22
