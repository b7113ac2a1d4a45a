/* SPDX-License-Identifier: MIT */
/* Commands that need libevdev, where there is none. */
#ifndef HAVE_LIBEVDEV
#include "tools/tool.h"

static int say_what_is_missing(char **argv)
{
	tool_say("built without libevdev, which %s needs: install "
		 "libevdev-dev (or your system's package of it), then build "
		 "sealmem again", argv[0]);
	return TOOL_FAILED;
}

int list_main(int argc, char **argv)
{
	(void)argc;
	return say_what_is_missing(argv);
}

int record_main(int argc, char **argv)
{
	(void)argc;
	return say_what_is_missing(argv);
}

int replay_main(int argc, char **argv)
{
	(void)argc;
	return say_what_is_missing(argv);
}
#endif
