/* SPDX-License-Identifier: MIT */
/* An event node, as `sealmem gamepad list` shows it. */
#ifndef SEALMEM_TOOLS_LIST_H
#define SEALMEM_TOOLS_LIST_H

#include <stdbool.h>

/**
 * struct listed - One node
 * @node: Its path
 * @error: Why it could not be asked, as an errno; 0 if it could, and only then
 *	is the rest filled in
 * @pad: It is a gamepad or a joystick
 * @standard: Its layout is the W3C standard gamepad
 * @bus: Its numbers
 * @vendor: See @bus
 * @product: See @bus
 * @version: See @bus
 * @class_text: What it is, in a few words
 * @family: What its layout was taken for; "" if it is no pad
 * @group: The same for all nodes of one device; "" if that is not known
 * @name: What the device calls itself: any bytes
 */
struct listed {
	char node[280];
	int error;
	bool pad;
	bool standard;
	int bus;
	int vendor;
	int product;
	int version;
	const char *class_text;
	char family[128];
	char group[512];
	char name[256];
};

#endif
