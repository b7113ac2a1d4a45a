/* SPDX-License-Identifier: MIT */
/*
 * Usage: sandbox COMMAND [ARGUMENT]...
 *
 * Runs a command that is killed if it calls memfd_create or adds a seal.
 */
#include "filter.h"

int main(int argc, char **argv)
{
	static struct th_result result;

	th_result = &result;
	if (argc < 2)
		return TH_EXIT_USAGE;
	filter((struct rule){ .number = SYS_memfd_create },
	       SECCOMP_RET_KILL_PROCESS);
	filter((struct rule){ .number = NUMBER_OF_FCNTL,
			      .other = 1,
			      .value = F_ADD_SEALS },
	       SECCOMP_RET_KILL_PROCESS);
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return EXIT_FAILURE;
}
