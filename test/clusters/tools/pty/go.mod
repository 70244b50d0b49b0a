module kubectl-recover.io/test/clusters/tools/pty

go 1.25

require github.com/creack/pty v1.1.24
