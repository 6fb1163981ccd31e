	tabs are of the shell
