--[[
make-result: one maker at a time for a shared result. Whoever finds no result becomes its maker, or learns who is.

KEYS[1]   cache      string: the result, as it is kept for others; expires
KEYS[2]   making     string: who makes it; expires unless it is renewed
ARGV[1]   maker      who asks; the same one again renews its term
ARGV[2]   termMs     how long it may be silent; 0 = it makes no longer
ARGV[3]   instead    a maker that is known to be dead; "" = none
ARGV[4]   anew       "1" = a result that is there does not count

Returns {result or nil, maker}; the maker is "" when nobody makes it now.
Cost: O(1).
]]
local cache, making = KEYS[1], KEYS[2]
local maker, termMs, instead, anew = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local current = redis.call('GET', making) or ''

if termMs == 0 then
  if current == maker then
    redis.call('DEL', making)
    current = ''
  end
  return {false, current}
end
local result = anew ~= '1' and redis.call('GET', cache)
if result then
  return {result, current}
end
if current == '' or current == maker or current == instead then
  redis.call('SET', making, maker, 'PX', termMs)
  current = maker
end
return {false, current}
