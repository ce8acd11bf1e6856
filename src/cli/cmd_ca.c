#include "certroll/cli.h"
#include "certroll/exit.h"

int cmd_ca(struct cli *cli)
{
	(void)cli;
	return EXIT_USAGE;
}
