--[[
Purpose     Lists a front node among those of the cluster, or takes it off, unless another instance holds
            its peer id. Removes nodes that were not announced for too long.
KEYS        1 nodes  hash  peer id -> header and JSON; the header is one double, big-endian: expiry, ms
ARGV        1 peer id, 2 instance, 3 JSON of the node, its `instance` among others, 4 how long it is listed,
            ms (0: take it off)
Returns     {code, now in ms, JSON of the other instance or empty}; code 1 listed, 0 taken off,
            -6 held by another
Complexity  O(nodes)
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nodes = redis.call('HGETALL', KEYS[1])

for index = 1, #nodes, 2 do
  local expiry, from = struct.unpack('>d', nodes[index + 1])

  if expiry <= now then
    redis.call('HDEL', KEYS[1], nodes[index])
  elseif nodes[index] == ARGV[1] then
    local json = string.sub(nodes[index + 1], from)

    if cjson.decode(json).instance ~= ARGV[2] then
      return {-6, now, json}
    end
  end
end

if tonumber(ARGV[4]) == 0 then
  redis.call('HDEL', KEYS[1], ARGV[1])

  return {0, now, ''}
end

redis.call('HSET', KEYS[1], ARGV[1], struct.pack('>d', now + ARGV[4]) .. ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])

return {1, now, ''}
