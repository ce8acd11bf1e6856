#include "certroll/cli.h"
#include "certroll/exit.h"

int cmd_root(struct cli *cli)
{
	(void)cli;
	return EXIT_USAGE;
}
