#include "certroll/cli.h"
int cmd_status(struct cli *cli)
{
	(void)cli;
	return 0;
}
