#ifndef INTRAFUSION_CJPEG_H
#define INTRAFUSION_CJPEG_H

// jpeglib.h expects these to be there.
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

#endif
