#ifndef INTRAFUSION_CZLIB_H
#define INTRAFUSION_CZLIB_H

#include <zlib.h>

#endif
